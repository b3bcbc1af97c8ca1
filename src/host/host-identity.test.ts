import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { asHost, hostIdentity, relationTo } from './host-identity.ts'

const onLinux = process.platform === 'linux'
const BOOT: unknown = expect.stringMatching(/^[\dA-Fa-f-]{36}$/)
const NAMESPACE: unknown = expect.stringMatching(/^pid:\[\d+\]$/)

test('a host is told by an id that stays, its name, its start and what processes it shows', () => {
  const host = hostIdentity()
  expect(host).toEqual({
    id: expect.stringMatching(/^[\da-f]{32}$/),
    name: hostname(),
    boot: process.platform === 'win32' ? null : BOOT,
    pid_namespace: process.platform === 'linux' ? NAMESPACE : null,
  })
  expect(hostIdentity()).toBe(host)
})

test.runIf(onLinux)('the id of the machine itself is not given away', () => {
  const ids = ['/etc/machine-id', '/var/lib/dbus/machine-id'].flatMap((path) => {
    try {
      return [readFileSync(path, 'utf8').trim()]
    } catch {
      return []
    }
  })
  expect(ids).not.toContain(hostIdentity().id)
})

test('a recorded host is this one, this one before its last start, a part of it, or another', () => {
  const here = hostIdentity()
  expect(relationTo(here)).toBe('same')
  expect(relationTo({ ...here, name: 'renamed' })).toBe('same')
  expect(relationTo({ ...here, boot: 'earlier', pid_namespace: 'pid:[1]' })).toBe(
    here.boot === null ? 'apart' : 'rebooted',
  )
  expect(relationTo({ ...here, pid_namespace: 'pid:[1]' })).toBe('apart')
  expect(relationTo({ ...here, id: 'other' })).toBe('other')
})

test('what a file says of a host is taken only where it can be compared', () => {
  expect(asHost(hostIdentity())).toEqual(hostIdentity())
  expect(asHost({ id: 'a', name: 'box', boot: 7 })).toEqual({
    id: 'a',
    name: 'box',
    boot: null,
    pid_namespace: null,
  })
  for (const stated of [null, undefined, 'box', 7, {}, { id: 7, name: 'box' }, { id: 'a' }]) {
    expect(asHost(stated)).toBeNull()
  }
})
