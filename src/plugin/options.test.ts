import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { resolveOptions } from './options.ts'

test.for([
  [
    'JARVIS_WAIT',
    'soon',
    'Expected JARVIS_WAIT to be a number of seconds or a duration such as 10m, got `soon`.',
  ],
  [
    'JARVIS_IDLE',
    '-1',
    'Expected JARVIS_IDLE to be a number of seconds or a duration such as 10m, got `-1`.',
  ],
  ['JARVIS_REPORTS', 'none', 'Expected JARVIS_REPORTS to be on or off, got `none`.'],
  ['JARVIS_DASHBOARD', 'plian', 'Expected JARVIS_DASHBOARD to be plain or live, got `plian`.'],
  ['JARVIS_GATES', 'max_wre=1', 'JARVIS_GATES names an unknown gate "max_wre".'],
] as const)('%s=%s is a mistake, told before anything starts', ([name, text, message]) => {
  expect(() => resolveOptions({}, '/project', { [name]: text })).toThrow(message)
})

test('a variable that is set to nothing is as one that is not set', () => {
  const names = ['PLAN', 'LOGS', 'WAIT', 'IDLE', 'GATES', 'BASELINE', 'REPORTS', 'DASHBOARD']
  const empty = Object.fromEntries(names.map((name) => [`JARVIS_${name}`, '']))
  expect(resolveOptions({}, '/project', empty)).toEqual(resolveOptions({}, '/project', {}))
})

test('a ~ at the start of the folder of sessions is the home folder', () => {
  const env = { HOME: '/home/ada', USERPROFILE: '/home/ada', JARVIS_LOGS: '~/logs' }
  expect(resolveOptions({}, '/project', env).logs).toBe(resolve('/home/ada/logs'))
  expect(resolveOptions({ logs: '~/own' }, '/project', env).logs).toBe(resolve('/home/ada/own'))
})
