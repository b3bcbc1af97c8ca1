// A stand-in for the `docker` command and the engine behind it, for the commands that jarvis gives. Its
// engine is the folder DOCKER_STAND_IN: `images` lists what is here, `containers/` what was started; without
// the folder there is no engine. As with Docker, a container is no descendant of the command, gets the
// signals that the command can catch, lives on when the command is killed, and is removed when it ends.
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startContainer } from './container.ts'

const engine = process.env['DOCKER_STAND_IN'] ?? ''
const containers = join(engine, 'containers')
const [command = '', ...rest] = process.argv.slice(2)
const POLL_MS = 20

interface Container {
  Id: string
  Name: string
  Pid: number
  Group: number
  /** Where the engine listens for it. */
  Port: string
  Config: { Labels: Record<string, string> }
}

if (command === '--version') {
  console.log('Docker version 28.2.2, build e6534b4')
} else if (engine === '' || !existsSync(engine)) {
  const where = 'unix:///var/run/docker.sock'
  const text = `Cannot connect to the Docker daemon at ${where}. Is the docker daemon running?`
  fail(command === 'run' ? 125 : 1, command === 'run' ? `docker: ${text}` : text)
} else {
  appendFileSync(join(engine, 'commands'), `${[command, ...rest].join(' ')}\n`)
  mkdirSync(containers, { recursive: true })
  await act()
}

async function act(): Promise<void> {
  switch (command) {
    case 'version':
      return console.log('Client:\n Version: 28.2.2\nServer:\n Version: 28.2.2')
    case 'image':
      if (!images().includes(rest[1]!))
        fail(1, `Error response from daemon: No such image: ${rest[1]}`)
      return console.log('[{}]')
    case 'ps':
      return all().forEach(({ Id }) => console.log(Id))
    case 'inspect':
      return all()
        .filter(({ Id }) => rest.includes(Id))
        .forEach(({ Id, Config }) => console.log(`${Id} ${JSON.stringify(Config.Labels)}`))
    case 'port': {
      const found = all().find(({ Name }) => Name === rest[0])
      if (found === undefined) fail(1, `Error response from daemon: No such container: ${rest[0]}`)
      return console.log(`8000/tcp -> ${found.Port}`)
    }
    case 'rm':
      return remove(rest.at(-1)!)
    case 'run':
      return run()
    default:
      return fail(1, `docker: unknown command: docker ${command}`)
  }
}

async function run(): Promise<void> {
  const { options, image, args } = split(rest)
  if (!images().includes(image)) {
    if (options.one('--pull') === 'never') {
      fail(125, `docker: Error response from daemon: No such image: ${image}`)
    }
    console.error(`Unable to find image '${image}' locally\nlatest: Pulling from ${image}`)
    appendFileSync(join(engine, 'images'), `${image}\n`)
    console.error(`Status: Downloaded newer image for ${image}`)
  }
  if (existsSync(join(engine, 'no-gpu'))) {
    const what = 'could not select device driver "" with capabilities: [[gpu]]'
    fail(125, `docker: Error response from daemon: ${what}`)
  }
  const id = randomBytes(32).toString('hex')
  const name = options.one('--name')!
  const log = join(engine, `${id}.log`)
  const ended = join(engine, `${id}.exit`)
  const [address, port] = options.one('--publish')!.split(':')
  writeFileSync(log, '')
  const record = join(containers, `${name}.json`)
  const { pid: Pid, group: Group } = await startContainer({
    program: options.one('--entrypoint')!,
    args: args.map((argument, index) => published(argument, args[index - 1], port!)),
    log,
    ended,
    record,
  })
  const labels = options.all('--label').map((label) => label.split(/=(.*)/s).slice(0, 2))
  const Labels = Object.fromEntries(labels) as Record<string, string>
  const Port = `${address}:${port}`
  writeFileSync(
    record,
    JSON.stringify({ Id: id, Name: name, Pid, Group, Port, Config: { Labels } }),
  )
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => signalTo(Pid, signal))
  }
  const fd = openSync(log, 'r')
  for (;;) {
    const over = textOf(ended) !== '' || !existsSync(engine)
    passOn(fd)
    if (over) break
    // oxlint-disable-next-line no-await-in-loop -- follows the log of the container
    await sleep(POLL_MS)
  }
  process.exitCode = Number(textOf(ended) || 125)
}

/** The port inside is not a port of this machine: the published one stands for it. */
function published(argument: string, before: string | undefined, port: string): string {
  if (before === '--host') return '127.0.0.1'
  return before === '--port' ? port : argument
}

function split(argv: string[]) {
  const switches = new Set(['--rm', '--init'])
  const pairs: [string, string][] = []
  let index = 0
  for (; argv[index]?.startsWith('--'); index += 1) {
    if (switches.has(argv[index]!)) continue
    pairs.push([argv[index]!, argv[index + 1]!])
    index += 1
  }
  const all = (name: string): string[] =>
    pairs.filter(([key]) => key === name).map(([, value]) => value)
  const options = { all, one: (name: string) => all(name)[0] }
  return { options, image: argv[index]!, args: argv.slice(index + 1) }
}

function remove(name: string): void {
  const found = all().find(({ Id, Name }) => Id === name || Name === name)
  if (found === undefined) fail(1, `Error response from daemon: No such container: ${name}`)
  signalTo(-found.Group, 'SIGKILL')
  writeFileSync(join(engine, `${found.Id}.exit`), '137')
  rmSync(join(containers, `${found.Name}.json`), { force: true })
  console.log(name)
}

function all(): Container[] {
  return readdirSync(containers).map(
    (name) => JSON.parse(readFileSync(join(containers, name), 'utf8')) as Container,
  )
}

function images(): string[] {
  return textOf(join(engine, 'images')).split('\n')
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function passOn(fd: number): void {
  const buffer = Buffer.alloc(64 * 1024)
  for (;;) {
    const read = readSync(fd, buffer)
    if (read === 0) return
    process.stdout.write(buffer.toString('utf8', 0, read))
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

function fail(code: number, text: string): never {
  console.error(text)
  process.exit(code)
}
