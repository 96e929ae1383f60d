"""A Picture of the backward graph becomes text: a tree for terminals, DOT, Mermaid, SVG, and the document `gradcli.graph/1`."""
