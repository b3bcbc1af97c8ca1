import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fromHome } from './home-folder.ts'

const env = { HOME: '/home/ada', USERPROFILE: '/home/ada' }

test.for([
  ['~', '/home/ada'],
  ['~/models', '/home/ada/models'],
  ['~ada/models', '~ada/models'],
  ['models/~', 'models/~'],
  ['/models', '/models'],
  ['~.bak', '~.bak'],
] as const)('%s is %s', ([path, meant]) => {
  expect(fromHome(path, env)).toBe(meant)
})

test('without a variable the system is asked', () => {
  expect(fromHome('~/x', {})).toMatch(/^(?:\/|[A-Z]:\\).*[/\\]x$/)
  expect(join(fromHome('~', {}), 'x')).not.toContain('~')
})
