"""Languages whose truth is computed: the micro-world, and the grammar of HANS."""
