import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RunPage } from './run/RunPage.tsx';
import { RunStore } from './store.ts';
import { connect, type Transport } from './transport.ts';
import '@xyflow/react/dist/base.css';
import './ui/page.css';
import './dag/dag.css';
import './run/run.css';
import './run/questions.css';
import './inspector/inspector.css';

const transport: Transport = connect({
  ...{ snapshot: true, events: true, alive: true, answerable: true, decisions: true, agent: true },
});
const store = new RunStore({
  askSnapshot: () => transport.send({ type: 'ready' }),
  schedule: (publish) => void requestAnimationFrame(publish),
});
transport.listen((message) => store.accept(message));
store.open();

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element with the id "root".');
createRoot(root).render(
  <StrictMode>
    <RunPage store={store} transport={transport} />
  </StrictMode>,
);
