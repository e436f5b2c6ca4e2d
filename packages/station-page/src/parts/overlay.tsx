import type { ShownDecision } from '../contract.js';
import { useSpeaker } from '../language.js';
import { usePicture } from '../server/use-picture.js';

/** An image with its heat and the outlines of the places above the limit. */
export function Overlay({ of, heat }: { of: ShownDecision; heat: boolean }) {
  const { text } = useSpeaker();
  const image = usePicture(of.pictures?.image);
  const layer = usePicture(heat ? of.pictures?.heat : undefined);
  if (image.missing) return <div class="overlay missing">{text('noImage')}</div>;
  return (
    <div class="overlay">
      {image.url && <img src={image.url} alt={text('imageOf', { source: of.source })} />}
      {image.url && layer.url && <img class="heat" src={layer.url} alt="" />}
      {image.url && heat && <Outlines of={of} />}
    </div>
  );
}

function Outlines({ of }: { of: ShownDecision }) {
  if (of.frame === undefined) return null;
  const rings = (regions: ShownDecision['regions'], name: string) =>
    (regions ?? []).flatMap(({ outline }, i) =>
      outline.map((ring, j) => (
        <polygon
          key={`${name}-${i}-${j}`}
          class={name}
          points={ring.map((point) => point.join()).join(' ')}
        />
      )),
    );
  return (
    <svg class="outlines" viewBox={of.frame.join(' ')} preserveAspectRatio="none" aria-hidden="true">
      {rings(of.smallRegions, 'small')}
      {rings(of.regions, 'large')}
    </svg>
  );
}
