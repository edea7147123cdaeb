import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from '../transport.ts';
import { SessionPage, type SessionTransport } from './SessionPage.tsx';
import { SessionStore } from './store.ts';
import '../ui/page.css';
import '../run/questions.css';
import '../run/launch.css';
import './session.css';

const transport: SessionTransport = connect({
  snapshot: true,
  events: true,
  delta: true,
  cards: true,
  setup: true,
  elsewhere: true,
  tool: true,
  unsaid: true,
});
const store = new SessionStore({
  askSnapshot: () => transport.send({ type: 'ready' }),
  schedule: (publish) => void requestAnimationFrame(publish),
});
transport.listen((message) => store.accept(message));
store.open();

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element with the id "root".');
createRoot(root).render(
  <StrictMode>
    <SessionPage store={store} transport={transport} />
  </StrictMode>,
);
