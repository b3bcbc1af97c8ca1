import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Stand-ins under `test/stand-ins`, each a program of that name. */
export type StandIn = 'docker' | 'llama-server' | 'vllm'

/** An environment in which stand-ins are all that is installed, with a home folder of its own. */
export interface StandInMachine {
  folder: string
  env: Record<string, string>
}

/** The commit that cached models of {@link cacheModel} are of. */
const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** Whether stand-ins can be started: scripts are no programs on Windows. */
export const standInsRun: boolean = process.platform !== 'win32'

/** Makes a machine in `folder`, where nothing but the stand-ins and Node can be found. */
export function standInMachine(folder: string, programs: readonly StandIn[]): StandInMachine {
  const bin = join(folder, 'bin')
  const home = join(folder, 'home')
  mkdirSync(bin, { recursive: true })
  mkdirSync(home)
  symlinkSync(process.execPath, join(bin, 'node'))
  for (const name of ['sh', 'rm']) symlinkSync(`/bin/${name}`, join(bin, name))
  const paths = programs.map((name) =>
    dirname(fileURLToPath(new URL(`../stand-ins/${name}/${name}`, import.meta.url))),
  )
  return { folder, env: { PATH: [...paths, bin].join(delimiter), HOME: home } }
}

/** Puts files into the Hugging Face cache of a machine. */
export function cacheModel(
  { env }: StandInMachine,
  repository: string,
  files: Record<string, string> = { 'config.json': '{}', 'model.safetensors': '' },
): void {
  const hub = join(env['HOME']!, '.cache', 'huggingface', 'hub')
  const folder = join(hub, `models--${repository.replaceAll('/', '--')}`)
  mkdirSync(join(folder, 'refs'), { recursive: true })
  mkdirSync(join(folder, 'snapshots', COMMIT), { recursive: true })
  writeFileSync(join(folder, 'refs', 'main'), COMMIT)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, 'snapshots', COMMIT, name), text)
  }
}

/** Gives a machine a container engine that has these images; what is left in it ends with the test. */
export function startContainerEngine(machine: StandInMachine, images: readonly string[]): string {
  const engine = join(machine.folder, 'engine')
  mkdirSync(join(engine, 'containers'), { recursive: true })
  writeFileSync(join(engine, 'images'), images.map((image) => `${image}\n`).join(''))
  machine.env['DOCKER_STAND_IN'] = engine
  onTestFinished(() => containersOf(engine).forEach(({ Group }) => endGroup(Group)))
  return engine
}

/** The containers that an engine has. */
export function containersOf(
  engine: string,
): { Id: string; Name: string; Pid: number; Group: number }[] {
  const folder = join(engine, 'containers')
  return readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as never,
  )
}

/** What an engine was told to do, one command a line. */
export function commandsOf(engine: string): string[] {
  return readFileSync(join(engine, 'commands'), 'utf8').trim().split('\n')
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
