"""Five topics that come with Cordwatch; a file of the same name in the folder of topics takes their place."""
