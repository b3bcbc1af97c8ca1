import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../../test/support/services.ts'
import { listenersOn, parseLsof, parseNetstat, portOwners } from './listeners.ts'
import { choosePort, returnPort } from './ports.ts'

const linux = process.platform === 'linux'

/** A server of this process; gives its port. */
async function listen(host: string, port = 0): Promise<number> {
  const server = createServer().listen({ host, port, ipv6Only: host.includes(':') })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function pidsOn(port: number, host?: string): Promise<number[][]> {
  const listeners = await listenersOn(port, host === undefined ? {} : { host })
  return listeners.map((owners) => owners.map(({ pid }) => pid))
}

const sorted = (pids: number[]): number[] => pids.toSorted((a, b) => a - b)

test.runIf(linux)('a connection reaches the address itself before any address', async () => {
  const theirs = await choosePort()
  onTestFinished(() => returnPort(theirs))
  const stranger = await startServer(theirs)
  await listen('127.0.0.2', theirs)
  await listen('::1', theirs)
  expect(await pidsOn(theirs, '127.0.0.1')).toEqual([[stranger]])
  expect(await pidsOn(theirs, '127.0.0.2')).toEqual([[process.pid]])
  expect(await pidsOn(theirs, '::1')).toEqual([[process.pid]])
  const ours = process.pid
  expect(sorted((await pidsOn(theirs)).flat())).toEqual(sorted([stranger, ours, ours]))
  const owners = await portOwners(theirs)
  expect(sorted(owners.map(({ pid }) => pid))).toEqual(sorted([stranger, ours]))
})

test.runIf(linux)('any address stands for each', async () => {
  const four = await listen('0.0.0.0')
  expect(await pidsOn(four, '127.0.0.1')).toEqual([[process.pid]])
  const six = await listen('::')
  expect(await pidsOn(six, '::1')).toEqual([[process.pid]])
  expect(await pidsOn(1, '::1')).toEqual([])
})

test('who listens is told by the name of the program', async () => {
  const port = await choosePort()
  onTestFinished(() => returnPort(port))
  const pid = await startServer(port)
  const [owner] = await portOwners(port)
  expect(owner).toEqual({ pid, program: process.platform === 'win32' ? '' : 'node' })
})

test('lsof of macOS names each process and the addresses of its sockets', () => {
  const text = [
    'p501',
    'cpython3.12',
    'f3',
    'n127.0.0.1:8000',
    'f4',
    'n[::1]:8000',
    'p77',
    'ccom.docker.backend',
    'f9',
    'n*:8000',
    '',
  ].join('\n')
  const python = { pid: 501, program: 'python3.12' }
  expect(parseLsof(text)).toEqual([
    { address: '127.0.0.1', owner: python },
    { address: '::1', owner: python },
    { address: '*', owner: { pid: 77, program: 'com.docker.backend' } },
  ])
})

test('netstat of Windows tells listening sockets in any language', () => {
  const text = [
    'Aktive Verbindungen',
    '',
    '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
    '  TCP    0.0.0.0:8000           0.0.0.0:0              ABHÖREN          4711',
    '  TCP    127.0.0.1:8000         127.0.0.1:50123        HERGESTELLT      4711',
    '  TCP    127.0.0.1:18000        0.0.0.0:0              ABHÖREN          4',
    '  TCP    [::1]:8000             [::]:0                 ABHÖREN          4712',
  ].join('\r\n')
  expect(parseNetstat(text, 8000)).toEqual([
    { address: '0.0.0.0', owner: { pid: 4711, program: '' } },
    { address: '::1', owner: { pid: 4712, program: '' } },
  ])
})
