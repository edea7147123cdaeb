import { count } from '../base/text.ts';
import type { Census } from '../protocol/run.ts';

/**
 * `1000 agents: 988 done (312 from the journal), 9 null (6 timeout, 3 api), 1 threw, 2 abandoned; 40 calls refused by a cap`;
 * empty when there was nothing.
 */
export function censusText({ agents, refused = 0, units }: Census): string {
  const nulls = Object.entries(agents.null).filter(([, n]) => n > 0);
  const nothing = nulls.reduce((sum, [, n]) => sum + n, 0);
  const total = agents.done + nothing + agents.threw + agents.abandoned;
  const fromJournal = agents.fromJournal > 0 ? ` (${agents.fromJournal} from the journal)` : '';
  const causes = nulls.map(([cause, n]) => `${n} ${cause}`).join(', ');
  const parts = [
    `${agents.done} done${fromJournal}`,
    ...(nothing > 0 ? [`${nothing} null (${causes})`] : []),
    ...(agents.threw > 0 ? [`${agents.threw} threw`] : []),
    ...(agents.abandoned > 0 ? [`${agents.abandoned} abandoned`] : []),
  ];
  return [
    ...(total === 0 ? [] : [`${count(total, 'agent')}: ${parts.join(', ')}`]),
    ...(refused === 0 ? [] : [`${count(refused, 'call')} refused by a cap`]),
    ...(units === undefined ? [] : [unitsText(units)]),
  ].join('; ');
}

function unitsText({ done, failed, unvisited }: NonNullable<Census['units']>): string {
  const rest = [...(failed > 0 ? [`${failed} failed`] : []), ...(unvisited > 0 ? [`${unvisited} unvisited`] : [])];
  return `${count(done + failed + unvisited, 'unit')}: ${[`${done} done`, ...rest].join(', ')}`;
}
