import type OpenSeadragon from 'openseadragon';

/** Lets two viewers of one slide show the same part of it. */
export function syncViews(one: OpenSeadragon.Viewer, other: OpenSeadragon.Viewer): void {
  let isFollowing = false;
  const follow = (leader: OpenSeadragon.Viewer, follower: OpenSeadragon.Viewer) => () => {
    if (isFollowing || follower.world.getItemCount() === 0) return;
    isFollowing = true;
    follower.viewport.panTo(leader.viewport.getCenter(true), true);
    follower.viewport.zoomTo(leader.viewport.getZoom(true), undefined, true);
    isFollowing = false;
  };
  one.addHandler('viewport-change', follow(one, other));
  other.addHandler('viewport-change', follow(other, one));
  other.addOnceHandler('open', follow(one, other));
}
