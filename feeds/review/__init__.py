"""Review: curators decide which candidates of a topic belong to it, the likeliest first."""
