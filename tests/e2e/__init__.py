"""The main job, end to end: a real Home Assistant process and a virtual Wallbox on a real socket."""
