import { useSpeaker } from '../language.js';

/** Below an image: whether its heat lies over it. */
export function HeatSwitch({ heat, setHeat }: { heat: boolean; setHeat: (on: boolean) => void }) {
  const { text } = useSpeaker();
  return (
    <figcaption>
      <label class="check">
        <input type="checkbox" checked={heat} onChange={(event) => setHeat(event.currentTarget.checked)} />
        {text('heat')}
      </label>
    </figcaption>
  );
}
