import { parseRules, startSimulator } from '../../src/node/simulator/simulator.ts';

/**
 * The simulator in a process of its own: `node simulatorProcess.ts [RULES as JSON]`. Prints its URL, one line; when stdin
 * ends, one line of JSON `{requests, cpuMs, maxRssMb}` (CPU since the URL was printed), and exits. Records nothing.
 */
const rules = parseRules(process.argv[2] ?? '[]');
if (!rules.ok) throw new Error(rules.errors.join('\n'));
const simulator = await startSimulator({ rules: rules.rules, record: false });
const before = process.cpuUsage();
process.stdout.write(`${simulator.url}\n`);

process.stdin.resume();
process.stdin.once('end', () => {
  const { user, system } = process.cpuUsage(before);
  const figures = {
    requests: simulator.count,
    cpuMs: (user + system) / 1000,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  };
  void simulator.close().then(() => process.stdout.write(`${JSON.stringify(figures)}\n`));
});
