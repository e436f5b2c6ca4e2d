import { useState } from 'preact/hooks';
import type { ShownDecision } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Badge } from '../parts/decision.js';
import { Failure, Loading } from '../parts/notice.js';
import { useStation } from '../station.js';
import { Detail } from './detail.js';
import { FilterForm, NO_FILTERS, queryOf } from './filters.js';
import { usePages } from './use-pages.js';

/** The record of decisions with filters. */
export function RecordView() {
  const { text } = useSpeaker();
  const { facts } = useStation();
  if (facts?.recorded === false) return <p class="notice">{text('noRecord')}</p>;
  return <Listed />;
}

function Listed() {
  const { text } = useSpeaker();
  const [filters, setFilters] = useState(NO_FILTERS);
  const [open, setOpen] = useState<number>();
  const { decisions, hasMore, error, more, judged } = usePages(queryOf(filters));
  const close = (id: number) => {
    setOpen(undefined);
    // Back to where the person was.
    document.getElementById(`open-${id}`)?.focus();
  };
  return (
    <div class="view record">
      <h1>{text('record')}</h1>
      <FilterForm filters={filters} onChange={setFilters} />
      {error && <Failure error={error} again={more} />}
      {decisions === undefined && error === undefined && <Loading />}
      {decisions?.length === 0 && <p class="notice">{text('nothing')}</p>}
      <div class="halves" data-open={open !== undefined}>
        {decisions && decisions.length > 0 && (
          <div class="list">
            <Rows decisions={decisions} open={open} onOpen={setOpen} />
            {hasMore ? (
              <button type="button" class="more" onClick={more}>
                {text('more')}
              </button>
            ) : (
              <p class="note">{text('end')}</p>
            )}
          </div>
        )}
        {open !== undefined && (
          <Detail
            key={open}
            id={open}
            onClose={() => close(open)}
            onJudged={(verdict) => judged(open, verdict)}
          />
        )}
      </div>
    </div>
  );
}

interface RowsProps {
  readonly decisions: readonly ShownDecision[];
  readonly open: number | undefined;
  readonly onOpen: (id: number) => void;
}

function Rows({ decisions, open, onOpen }: RowsProps) {
  const { text } = useSpeaker();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{text('time')}</th>
          <th scope="col">{text('class')}</th>
          <th scope="col">{text('decision')}</th>
          <th scope="col" class="number">
            {text('score')}
          </th>
          <th scope="col">{text('verdict')}</th>
          <th scope="col">{text('source')}</th>
        </tr>
      </thead>
      <tbody>
        {decisions.map((decision) => (
          <Row key={decision.id} of={decision} isOpen={decision.id === open} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ of, isOpen, onOpen }: { of: ShownDecision; isOpen: boolean; onOpen: (id: number) => void }) {
  const { text, moment, score } = useSpeaker();
  const { id = 0, verdict } = of;
  return (
    <tr data-open={isOpen}>
      <th scope="row">
        <button
          type="button"
          class="link"
          id={`open-${id}`}
          aria-label={`${moment(of.time)}, ${text('open', { id: String(id) })}`}
          aria-expanded={isOpen}
          onClick={() => onOpen(id)}
        >
          <time dateTime={new Date(of.time).toISOString()}>{moment(of.time)}</time>
        </button>
      </th>
      <td data-of="class">{of.class ?? '–'}</td>
      <td data-of="decision">
        <Badge of={of.decision} />
      </td>
      <td data-of="score" class="number">
        {score(of.score)}
      </td>
      <td data-of="verdict" data-empty={verdict === undefined}>
        {verdict === undefined ? '–' : [text(verdict.verdict), verdict.kind].filter(Boolean).join(', ')}
      </td>
      <td data-of="source" class="source">
        {of.source}
      </td>
    </tr>
  );
}
