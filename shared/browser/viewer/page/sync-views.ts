import type { SlidePane } from './slide-pane.ts';

/**
 * Lets two views of one slide show the same part of it. The view that the user touched last leads: views tell
 * of their changes late, and would otherwise answer each other with what they have just been told.
 *
 * @returns Parts them again.
 */
export function syncViews(one: SlidePane, other: SlidePane): () => void {
  const parted = new AbortController();
  const { signal } = parted;
  let leader = one;
  for (const [pane, follower] of [
    [one, other],
    [other, one],
  ] as const) {
    const lead = () => {
      leader = pane;
    };
    for (const type of ['pointerdown', 'wheel', 'keydown']) {
      pane.element.addEventListener(type, lead, { capture: true, passive: true, signal });
    }
    const tell = () => {
      if (leader === pane) follow(pane, follower);
    };
    pane.viewer.addHandler('viewport-change', tell);
    signal.addEventListener('abort', () => pane.viewer.removeHandler('viewport-change', tell));
  }
  other.viewer.addOnceHandler('open', () => follow(one, other));
  return () => parted.abort();
}

function follow({ viewer: leader }: SlidePane, { viewer: follower }: SlidePane): void {
  if (follower.world.getItemCount() === 0) return;
  follower.viewport.panTo(leader.viewport.getCenter(true), true);
  follower.viewport.zoomTo(leader.viewport.getZoom(true), undefined, true);
}
