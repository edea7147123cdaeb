// The floor: REQUESTS streamed replies over node:http, 16 at once, each read to its end and nothing done with it.
// node bareClient.mjs URL REQUESTS
import http from 'node:http';

const [url = '', requests = '1'] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const body = JSON.stringify({
  model: 'claude-sonnet-5-5',
  max_tokens: 1024,
  stream: true,
  messages: [{ role: 'user', content: 'say ok' }],
});

/** @returns {Promise<void>} */
function ask() {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': 'bench', 'anthropic-version': '2023-06-01' };
    const request = http.request(`${url}/v1/messages`, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode ?? 0}`));
      response.on('data', () => undefined).on('end', resolve);
    });
    request.on('error', reject).end(body);
  });
}

let left = Number(requests);
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (left-- > 0) await ask();
  }),
);
agent.destroy();
