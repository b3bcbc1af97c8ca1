import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepingRun, onlyHolder, PROJECT, until } from '../../test/support/keeping-run.ts'
import { isAlive, temporaryFolder } from '../../test/support/services.ts'
import { clearHeld, offered, reapHeld } from '../services/warm/ask-keepers.ts'
import {
  heldNow,
  livingHolders,
  publishHolder,
  readHolders,
  withdrawHolder,
} from '../services/warm/holders.ts'
import { identify } from '../host/process-identity.ts'
import { KeeperLine } from '../services/warm/keeper-protocol.ts'

test('what a run leaves is offered to the next one of its project and plan, and to one at a time', async () => {
  const { service, leave } = await keepingRun()
  expect(await offered(PROJECT)).toBe(null)
  await leave()
  expect(await offered({ ...PROJECT, plan: 'other.yaml' })).toBe(null)
  const offer = await offered(PROJECT)
  expect(offer!.holding.services[0]!.process).toMatchObject(service)
  expect(await offered(PROJECT)).toBe(null)
  const ours = { ...identify(process.pid), socket: '', token: '', until: null, isGuarded: false }
  publishHolder({ ...ours, holding: offer!.holding })
  expect(await offer!.take()).toBe(true)
  expect(isAlive(service.pid)).toBe(true)
  await until(() => livingHolders().length === 1)
  withdrawHolder(process.pid)
  expect(readHolders()).toEqual([])
})

test('a run that is killed leaves it all the same, in an editor, and nothing in a terminal', async () => {
  const { run, service } = await keepingRun()
  run.kill('SIGKILL')
  await until(() => livingHolders().some((one) => one.until !== null))
  expect(isAlive(service.pid)).toBe(true)
  const offer = await offered(PROJECT)
  await offer!.refuse()
  expect(isAlive(service.pid)).toBe(false)

  const terminal = await keepingRun({ idle: 0 })
  terminal.run.kill('SIGKILL')
  await until(() => !isAlive(terminal.service.pid) && readHolders().length === 0)
})

test('a holder that is killed while its run goes on has another in its place', async () => {
  const { run, service } = await keepingRun()
  const first = onlyHolder()
  process.kill(first.pid, 'SIGKILL')
  await until(() => livingHolders().some(({ pid }) => pid !== first.pid))
  expect(isAlive(service.pid)).toBe(true)
  expect(await reapHeld()).toEqual([])
  run.kill('SIGKILL')
  await until(() => livingHolders().some((one) => one.until !== null))
  expect(isAlive(service.pid)).toBe(true)
})

test('whoever wants the machine is given it: by a holder, and by a run that does not use what it keeps', async () => {
  const { service, leave } = await keepingRun({ parts: ['gpu-0.lock'] })
  await leave()
  expect(heldNow().has(service)).toBe(true)
  expect(await clearHeld(null, PROJECT)).toEqual([])
  expect(await clearHeld(['gpu-1.lock'], null)).toEqual([])
  expect(await clearHeld(null, null)).toEqual([{ title: 'native://a', pids: [service.pid] }])
  expect(isAlive(service.pid)).toBe(false)
  await until(() => readHolders().length === 0)

  const idle = await keepingRun()
  expect(await clearHeld(null, null)).toEqual([{ title: 'native://a', pids: [idle.service.pid] }])
  expect(isAlive(idle.service.pid)).toBe(false)
})

test('what this process keeps for itself is in its own way never, as in a rerun of watch mode', async () => {
  const { service } = await keepingRun()
  const holder = onlyHolder()
  publishHolder({ ...holder, holding: { ...holder.holding, run: identify(process.pid) } })
  expect(await clearHeld(null, null)).toEqual([])
  expect(isAlive(service.pid)).toBe(true)
})

test('what a run of the same project and plan has, and does not use, ends for the next one', async () => {
  const { service } = await keepingRun()
  expect(await clearHeld(null, PROJECT)).toEqual([{ title: 'native://a', pids: [service.pid] }])
  expect(isAlive(service.pid)).toBe(false)
})

test('a run that says that it lets go has not ended anything yet: that is waited for', async () => {
  const { service } = await keepingRun({ isSlow: true })
  expect(await clearHeld(null, null)).toEqual([{ title: 'native://a', pids: [service.pid] }])
  expect(isAlive(service.pid)).toBe(false)
})

test('all who ask a holder to end what it holds wait for the one end of it', async () => {
  const { service, leave } = await keepingRun({ isDeaf: true, grace: 0.5 })
  await leave()
  const { token, socket } = onlyHolder()
  const lines = await Promise.all([KeeperLine.to({ socket }), KeeperLine.to({ socket })])
  const states = await Promise.all(
    lines.map(async (line) => {
      const said = await line!.ask({ token, type: 'give_up' }, 20_000)
      return [said?.type, isAlive(service.pid)]
    }),
  )
  expect(states).toEqual([
    ['given_up', false],
    ['given_up', false],
  ])
})

test.skipIf(process.platform === 'win32')(
  'what is written of it is for this user alone, and whoever asks without its token is hung up on',
  async () => {
    const runtime = temporaryFolder()
    const { service, leave } = await keepingRun({}, runtime)
    await leave()
    const { pid, socket } = onlyHolder()
    expect(statSync(join(runtime, 'jarvis')).mode & 0o077).toBe(0)
    expect(statSync(join(runtime, 'jarvis', `warm-${pid}.json`)).mode & 0o077).toBe(0)
    const line = await KeeperLine.to({ socket })
    expect(await line!.ask({ token: 'x', type: 'give_up' })).toBe(null)
    expect(isAlive(service.pid)).toBe(true)
  },
)
