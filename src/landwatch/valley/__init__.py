"""A simulated valley: pictures of land, weather and faults whose truth is known, and their cameras."""
