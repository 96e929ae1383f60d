"""An Explanation -> text, Markdown, LaTeX or JSON."""
