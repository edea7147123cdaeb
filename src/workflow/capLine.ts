import { CAP_NAMES, type AgentCaps, type Caps, type RunCaps } from '../protocol/run.ts';
import { budgetAmount } from './budgetWords.ts';

const MOST_AGENTS = 100_000;
const PER_AGENT = 'per agent';

/** A run's caps on one line, as `capsOfLine` reads them: `500k tokens, $5, 1000 agents, 30 minutes, 20k tokens per agent`. */
export function capLine({ perAgent = {}, ...caps }: RunCaps): string {
  return [...partsOf(caps), ...partsOf(perAgent).map((part) => `${part} ${PER_AGENT}`)].join(', ');
}

/** What a line names, the last of a kind; null when a part of it is no cap. */
export function capsOfLine(line: string): RunCaps | null {
  let [caps, perAgent]: [Caps, Caps] = [{}, {}];
  // Not the comma within 500,000.
  for (const part of line.split(/,(?!\d)|;/).map((text) => text.trim())) {
    if (part === '') continue;
    const isPerAgent = part.endsWith(` ${PER_AGENT}`);
    const cap = isPerAgent ? agentCap(part.slice(0, -PER_AGENT.length).trim()) : capOf(part);
    if (cap === null) return null;
    if (isPerAgent) perAgent = { ...perAgent, ...cap };
    else caps = { ...caps, ...cap };
  }
  return { ...caps, ...(Object.keys(perAgent).length > 0 ? { perAgent } : {}) };
}

function partsOf(caps: Caps): readonly string[] {
  return CAP_NAMES.flatMap((name) => {
    const value = caps[name];
    return value === undefined ? [] : [partOf(name, value)];
  });
}

/** Exact, unlike a figure that is only read. */
function partOf(name: keyof Caps, value: number): string {
  switch (name) {
    case 'outputTokens':
      return `${value >= 1_000 && value % 1_000 === 0 ? `${value / 1_000}k` : value} tokens`;
    case 'usd':
      return `$${value}`;
    case 'agents':
      return `${value} ${value === 1 ? 'agent' : 'agents'}`;
    case 'minutes':
      return `${value} ${value === 1 ? 'minute' : 'minutes'}`;
  }
}

function capOf(part: string): Caps | null {
  const agents = Number(/^(\d{1,6}) agents?$/i.exec(part)?.[1] ?? 0);
  return agents >= 1 && agents <= MOST_AGENTS ? { agents } : agentCap(part);
}

function agentCap(part: string): (AgentCaps & Pick<Caps, 'minutes'>) | null {
  const minutes = Number(/^(\d{1,9}(?:\.\d+)?) min(?:ute)?s?$/i.exec(part)?.[1] ?? 0);
  return minutes > 0 ? { minutes } : budgetAmount(part);
}
