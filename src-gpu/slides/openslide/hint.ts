/** What to do where a file needs OpenSlide and it is not there. */
export const openSlideHint =
  'OpenSlide reads it: install it (`apt-get install libopenslide0`, `brew install openslide`) and try again.';
