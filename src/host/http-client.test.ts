import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { httpClient } from './http-client.ts'
import { Agent } from './undici.ts'

const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

/** Starts a server on this machine for one test. */
async function serve(answer: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(answer)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}

test('an answer may take as long as it likes, before its head and within its body', async () => {
  const patience = Promise.withResolvers<void>()
  const { url } = await serve(async ({ url: path }, response) => {
    if (path === '/body') response.write('first, ')
    await patience.promise
    response.end('last')
  })
  const { fetch } = await httpClient()
  const ours = ['/head', '/body'].map(async (path) => (await fetch(url + path)).text())
  // The same client with limits, so that it is seen that there is something to turn off.
  const limits = { '/head': { headersTimeout: 1 }, '/body': { headersTimeout: 0, bodyTimeout: 1 } }
  const theirs = Object.entries(limits).map(async ([path, limit]) => {
    const init = { dispatcher: new Agent(limit) }
    return (await fetch(url + path, init)).text()
  })
  const given = await Promise.allSettled(theirs)
  expect(given.map((one) => one.status === 'rejected' && String(one.reason.cause))).toEqual([
    'HeadersTimeoutError: Headers Timeout Error',
    'BodyTimeoutError: Body Timeout Error',
  ])
  patience.resolve()
  expect(await Promise.all(ours)).toEqual(['last', 'first, last'])
})

test('a connection serves one request after the other', async () => {
  const sockets = new Set<Socket>()
  const { url } = await serve(({ socket }, response) => {
    sockets.add(socket)
    response.end('ok')
  })
  const { fetch } = await httpClient()
  // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
  for (let count = 0; count < 6; count += 1) await (await fetch(url)).text()
  // A second one is opened while the first ends its answer.
  expect(sockets.size).toBeLessThanOrEqual(2)
})

/** What a process of its own says that runs this code with this environment. */
async function said(code: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const plain = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:https?|no)_proxy$/i.test(name)),
  )
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { env: { ...plain, ...env } },
  )
  return JSON.parse(stdout)
}

/** A proxy that names what it was asked for, and asks `port` of this machine in its place. */
async function proxy(port: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(new URL(url).host)
    response.end('by proxy')
  })
  server.on('connect', ({ url }, socket: Socket) => {
    asked.push(String(url))
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) end.on('error', () => end.destroy())
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('where Node is told to use proxies, this machine is still asked directly, readiness included', async () => {
  const { url, port } = await serve((_, response) => response.end('{}'))
  const { url: http_proxy, asked } = await proxy(port)
  const code = `
    const { httpClient } = await import(${module('http-client.ts')})
    const { answers, getJson, post } = await import(${module('../services/readiness/http-probe.ts')})
    const { fetch } = await httpClient()
    const signal = AbortSignal.timeout(10_000)
    const urls = ['${url}', '${url.replace('127.0.0.1', 'localhost')}']
    const all = urls.map(async (url) => [
      (await fetch(url)).status, await answers(url, signal), await getJson(url, signal), (await post(url, {}, signal)).status,
    ])
    console.log(JSON.stringify(await Promise.all(all)))
    process.exit()`
  const told = await said(code, { NODE_USE_ENV_PROXY: '1', http_proxy })
  expect(told).toEqual([
    [200, true, {}, 200],
    [200, true, {}, 200],
  ])
  expect(asked).toEqual([])
})

test('a server elsewhere is asked by the proxy of the environment, unless NO_PROXY names it', async () => {
  const { port } = await serve((_, response) => response.end('direct or through'))
  const { url: http_proxy, asked } = await proxy(port)
  const code = `
    const { httpClient } = await import(${module('http-client.ts')})
    const { fetch } = await httpClient()
    const ask = (host) => fetch('http://' + host + ':${port}/').then(({ status }) => status, () => null)
    console.log(JSON.stringify([await ask('model.invalid'), await ask('own.invalid')]))
    process.exit()`
  const env = { http_proxy, NO_PROXY: 'own.invalid' }
  expect(await said(code, { ...env, NODE_USE_ENV_PROXY: '1' })).toEqual([200, null])
  expect(asked).toEqual([`model.invalid:${port}`])
  expect(await said(code, env)).toEqual([null, null])
  expect(asked).toHaveLength(1)
})

test('the fetch of a scenario stays that of Node', async () => {
  const { url } = await serve((_, response) => response.end('ok'))
  const code = `
    const key = Symbol.for('undici.globalDispatcher.1')
    const { httpClient } = await import(${module('http-client.ts')})
    await httpClient()
    const untouched = globalThis[key] === undefined
    const { status } = await fetch('${url}')
    console.log(JSON.stringify({ untouched, status, own: globalThis[key] !== undefined }))`
  expect(await said(code, {})).toEqual({ untouched: true, status: 200, own: true })
})
