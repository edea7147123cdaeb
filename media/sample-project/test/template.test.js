import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../src/template.js';

test('fills in values', () => {
  assert.equal(render('Hello {{ name }}, you are {{age}}.', { name: 'Ada', age: 36 }), 'Hello Ada, you are 36.');
});

test('follows paths', () => {
  assert.equal(render('{{user.name.first}}', { user: { name: { first: 'Ada' } } }), 'Ada');
});

test('escapes for HTML', () => {
  assert.equal(
    render('<b>{{text}}</b>', { text: `<i>"R&D's"</i>` }),
    '<b>&lt;i&gt;&quot;R&amp;D&#39;s&quot;&lt;/i&gt;</b>',
  );
});

test('leaves raw values alone', () => {
  assert.equal(render('{{{html}}}', { html: '<br>' }), '<br>');
});

test('leaves missing values empty', () => {
  assert.equal(render('[{{gone}}{{toString}}{{user.gone}}]', { user: null }), '[]');
});
