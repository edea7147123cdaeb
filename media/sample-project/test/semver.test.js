import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, latest } from '../src/semver.js';

test('compareVersions: the first difference decides', () => {
  assert.ok(compareVersions('1.2.3', '1.3.0') < 0);
  assert.ok(compareVersions('2.0.0', '1.9.9') > 0);
  assert.equal(compareVersions('1.2.3', 'v1.2.3+build.5'), 0);
});

test('compareVersions: compares numbers by value', () => {
  assert.ok(compareVersions('1.9.0', '1.10.0') < 0);
  assert.ok(compareVersions('12.0.0', '3.0.0') > 0);
});

test('compareVersions: a pre-release comes before its release', () => {
  const versions = ['1.0.0', '1.0.0-rc.10', '1.0.0-rc.9', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-1'];
  assert.deepEqual(versions.sort(compareVersions), [
    '1.0.0-1',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-rc.9',
    '1.0.0-rc.10',
    '1.0.0',
  ]);
});

test('compareVersions: refuses what is no version', () => {
  assert.throws(() => compareVersions('1.0', '1.0.0'), TypeError);
});

test('latest: finds the highest version', () => {
  assert.equal(latest(['0.9.0', '0.10.0', '0.2.0']), '0.10.0');
  assert.equal(latest([]), undefined);
});

test('latest: counts pre-releases only when asked', () => {
  assert.equal(latest(['1.0.0', '2.0.0-beta']), '1.0.0');
  assert.equal(latest(['1.0.0', '2.0.0-beta'], { prerelease: true }), '2.0.0-beta');
});
