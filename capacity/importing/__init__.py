"""From a published or exported CSV, through a mapping file, to demand rows and DNA rates."""
