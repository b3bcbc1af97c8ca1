import { expect, test } from 'vitest'
import { hasColours, hasLinks, shouldUseDashboard } from './should-use.ts'

const live = { JARVIS_DASHBOARD: 'live' }
const screen = { isTTY: true, columns: 80, rows: 24 }

test.each([
  ['a terminal', {}, screen, true],
  ['the smallest terminal', {}, { isTTY: true, columns: 60, rows: 16 }, true],
  ['a terminal that is too narrow', {}, { isTTY: true, columns: 59, rows: 50 }, false],
  ['a terminal that is too low', {}, { isTTY: true, columns: 200, rows: 15 }, false],
  ['a pipe', {}, { columns: 80, rows: 24 }, false],
  ['TERM=dumb', { TERM: 'dumb' }, screen, false],
  ['CI', { CI: 'true' }, screen, false],
  ['CI=false', { CI: 'false' }, screen, true],
  ['JARVIS_DASHBOARD=plain', { JARVIS_DASHBOARD: 'plain' }, screen, false],
  ['NO_COLOR', { NO_COLOR: '1' }, screen, false],
  ['FORCE_COLOR', { FORCE_COLOR: '1' }, screen, false],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, screen, false],
  ['an empty FORCE_COLOR', { FORCE_COLOR: '' }, screen, true],
  ['JARVIS_DASHBOARD=live and NO_COLOR', { ...live, NO_COLOR: '1' }, screen, true],
  ['JARVIS_DASHBOARD=live and FORCE_COLOR', { ...live, FORCE_COLOR: '3' }, screen, true],
  ['JARVIS_DASHBOARD=live and CI', { ...live, CI: 'true' }, screen, true],
  ['JARVIS_DASHBOARD=live and TERM=dumb', { ...live, TERM: 'dumb' }, screen, false],
  ['JARVIS_DASHBOARD=live in a pipe', live, { columns: 80, rows: 24 }, false],
] as const)('whether there is a live screen with %s', (_, env, stdout, expected) => {
  expect(shouldUseDashboard(env, stdout)).toBe(expected)
})

test.each([
  ['a terminal', {}, true, true],
  ['a pipe', {}, false, false],
  ['NO_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ['FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
  ['an empty FORCE_COLOR', { FORCE_COLOR: '' }, true, true],
  ['TERM=dumb', { TERM: 'dumb' }, true, false],
] as const)('whether there are colours with %s', (_, env, isTTY, expected) => {
  expect(hasColours(env, { isTTY })).toBe(expected)
})

test.each([
  ['WezTerm', { TERM_PROGRAM: 'WezTerm' }, true],
  ['Windows Terminal', { WT_SESSION: 'x' }, true],
  ['tmux inside of one that can', { TERM_PROGRAM: 'WezTerm', TMUX: '/tmp/tmux' }, false],
  ['an unknown terminal', { TERM: 'xterm-256color' }, false],
] as const)('whether there are links in %s', (_, env, expected) => {
  expect(hasLinks(env, { isTTY: true })).toBe(expected)
})
