import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { leasePort } from '../../host/port-lease.ts'
import { choosePort, returnPort, takePort } from './ports.ts'

const OTHER = `
  import { choosePort } from ${JSON.stringify(join(import.meta.dirname, 'ports.ts'))}
  console.log(await choosePort())
  setInterval(() => {}, 1000)`

/** Another process, which was given a port and does not listen there yet. */
async function other(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', OTHER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, port: Number(said.toString()) }
}

test('a port that a service of another run was given, and does not listen on yet, is given to no other, until that run ends or is killed', async () => {
  const { child, port } = await other()
  expect(await leasePort(port)).toBeNull()
  await expect(takePort(port, 'native://mine')).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `Port ${port}, which native://mine needs, was given to a service of another run: start it again, or give it another port.`,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await takePort(port, 'native://mine')
  // What is ours stays ours, also for the next start of a service that insists on it.
  await takePort(port, 'native://mine')
  expect(await leasePort(port)).toBeNull()
  returnPort(port)
  const lease = await leasePort(port)
  expect(lease).not.toBeNull()
  lease!.release()
})

test('services that start side by side get ports of their own', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => choosePort()))
  expect(new Set(ports).size).toBe(50)
  ports.forEach(returnPort)
})

test('where a system has no sockets without files a port is leased all the same', async () => {
  const port = await choosePort()
  const lease = await leasePort(port, 'darwin')
  expect(await leasePort(port, 'darwin')).toBeNull()
  lease!.release()
  returnPort(port)
})
