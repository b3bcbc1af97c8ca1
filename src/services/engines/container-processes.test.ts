import { expect, test } from 'vitest'
import { containerIn } from './container-processes.ts'

const ID = '3f0c9b7a'.repeat(8)

test.for([
  ['Docker with systemd', `0::/system.slice/docker-${ID}.scope\n`],
  ['Docker without', `12:devices:/docker/${ID}\n11:cpu:/docker/${ID}\n0::/\n`],
  [
    'Podman',
    `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container\n`,
  ],
] as const)('a process tells by its group in which container it runs (%s)', ([, groups]) => {
  expect(containerIn(groups)).toBe(ID)
})

test('a process of the machine itself is in none', () => {
  expect(containerIn('0::/user.slice/user-1000.slice/session-3.scope\n')).toBeNull()
  expect(containerIn('')).toBeNull()
})
