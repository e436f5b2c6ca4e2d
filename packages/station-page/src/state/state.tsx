import type { DriftAnswer, DriftState, ModelVersion } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Failure, Loading } from '../parts/notice.js';
import { Refused } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';

/** Milliseconds from one look to the next. */
const EVERY = 10_000;

/** Whether the images have changed, and which models there are. */
export function State() {
  const { text } = useSpeaker();
  return (
    <div class="view state">
      <h1>{text('state')}</h1>
      <Drift />
      <Models />
    </div>
  );
}

function Drift() {
  const { text, whole } = useSpeaker();
  const { answer, error, again } = useAnswer<DriftAnswer>('/v1/drift', EVERY);
  const from = answer?.drift[0]?.reportedFrom;
  return (
    <section class="card" aria-labelledby="drift">
      <h2 id="drift">{text('drift')}</h2>
      {error && <Failure error={error} again={again} />}
      {answer === undefined && error === undefined && <Loading />}
      {answer && from === undefined && <p>{text('noDrift')}</p>}
      {answer && from !== undefined && (
        <>
          <p class="lead">{text('driftText', { from: whole(from) })}</p>
          <DriftTable drift={answer.drift} />
        </>
      )}
    </section>
  );
}

function DriftTable({ drift }: { drift: readonly DriftState[] }) {
  const { text, whole, score } = useSpeaker();
  return (
    <table class="drift">
      <thead>
        <tr>
          <th scope="col">{text('class')}</th>
          <th scope="col">{text('watched')}</th>
          <th scope="col" class="number">
            {text('images')}
          </th>
          <th scope="col">{text('evidence')}</th>
          <th scope="col">{text('modelState')}</th>
        </tr>
      </thead>
      <tbody>
        {drift.map((one) => (
          <tr key={`${one.class}/${one.of}`} data-drifted={one.drifted}>
            <th scope="row">{one.class}</th>
            <td data-of="watched">{text(one.of)}</td>
            <td data-of="images" class="number">
              {whole(one.images)}
            </td>
            <td data-of="evidence">
              <span class="evidence">
                <meter aria-hidden="true" min={0} max={1} value={shareOf(one)} />
                {score(one.evidence)} : 1
              </span>
            </td>
            <td data-of="found">{text(one.drifted ? 'drifted' : 'steady')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Evidence on the way from 1 to what is reported, in steps of factors. */
const shareOf = ({ evidence, reportedFrom }: DriftState): number =>
  Math.min(1, Math.max(0, Math.log(evidence) / Math.log(reportedFrom)));

function Models() {
  const { text } = useSpeaker();
  const { answer, error, again } = useAnswer<{ models: readonly ModelVersion[] }>('/v1/models', EVERY);
  const isAlone = error instanceof Refused && error.status === 404;
  return (
    <section class="card" aria-labelledby="models">
      <h2 id="models">{text('model')}</h2>
      {isAlone && <p>{text('noModels')}</p>}
      {error && !isAlone && <Failure error={error} again={again} />}
      {answer && (
        <table>
          <thead>
            <tr>
              <th scope="col">{text('modelName')}</th>
              <th scope="col">{text('version')}</th>
              <th scope="col">{text('modelState')}</th>
            </tr>
          </thead>
          <tbody>
            {answer.models.map(({ name, version, state }) => (
              <tr key={`${name}/${version}`}>
                <th scope="row">{name}</th>
                <td>{version}</td>
                <td>{text(state)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
