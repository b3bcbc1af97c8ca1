import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import { configFilesIn } from '../../host/config-files.ts'
import { installedPackage, strangerSentence } from '../../host/installed-package.ts'
import { makeFolder } from '../../host/make-folder.ts'
import { type PackageManager, packageManager } from '../../host/package-manager.ts'
import { packageFolder } from '../../host/package-version.ts'
import { type Command, readArguments, type Terminal } from '../command.ts'
import {
  blocksOf,
  domainNamed,
  engineNamed,
  installedEngines,
  type StarterBlock,
  usualDomains,
} from './engines.ts'
import { planText } from './plan-file.ts'
import { putScripts } from './scripts.ts'
import { nameNode, tooOldForVscode } from './vscode.ts'
import { scenarioFiles, type StarterFile } from './scenario-files.ts'
import { statusLine as line } from './status-line.ts'

/** Vite reads the second as a module wherever it lies, the first where package.json says so. */
const [CONFIG, MODULE_CONFIG] = ['vitest.config.ts', 'vitest.config.mts'] as const
const CONFIG_TEXT = `import { jarvis } from 'jarvis'
import { defineConfig } from 'vitest/config'

/** For the editor's test explorer: one project for each domain and loadout of the plan. */
export default defineConfig({ plugins: [jarvis()], test: { projects: [] } })
`
const IGNORED = ['node_modules/', 'logs/']

/** `jarvis init`: a plan, a scenario for each domain and the configuration, for a project that has none. */
export const initCommand: Command = {
  summary: 'write a plan and a scenario for each domain',
  help: [
    'Usage: jarvis init [--engine NAME]... [--domain NAME]... [--vscode] [--force]',
    '',
    'Writes plans/default.yaml, a scenario for each domain, vitest.config.ts, lines of .gitignore, and the',
    'scripts "jarvis" and "scenarios" of a package.json that is there. Where package.json does not say',
    '"type": "module", the configuration is vitest.config.mts. What is there already stays as it is, and is named.',
    '',
    '  --engine NAME   ollama, vllm, llamacpp or sim, the embedded engine; may be repeated.',
    '                  Without it: what is on PATH (ollama, vllm, llama-server, docker with an NVIDIA GPU),',
    '                  else sim',
    '  --domain NAME   llm, vlm, stt, tts, sts, or a name of your own; may be repeated. Without it: llm, and',
    '                  these five on sim.',
    '                  What no engine serves runs on sim',
    '  --vscode        names the Node of the project to the extension Vitest of VS Code (.vscode/settings.json), which takes',
    '                  the one on PATH otherwise',
    '  --force         overwrites what is there',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('init', args, {
      engine: { type: 'string', multiple: true },
      domain: { type: 'string', multiple: true },
      vscode: { type: 'boolean' },
      force: { type: 'boolean' },
    })
    if (positionals.length > 0) {
      throw new JarvisError('USAGE', 'Expected options only. See: jarvis init --help')
    }
    const { cwd, env } = terminal
    const engines = values.engine?.map(engineNamed) ?? installedEngines(cwd, env)
    const chosen = values.domain?.map(domainNamed) ?? usualDomains(engines)
    const blocks = blocksOf([...new Set(engines)], chosen)
    const scenarios = await Promise.all(blocks.map(({ domain }) => scenarioFiles(domain)))
    const files = [
      { path: 'plans/default.yaml', content: planText(blocks, packageFrom(cwd)) },
      ...scenarios.flat(),
    ]
    const force = values.force ?? false
    const told = [
      ...files.map((file) => put(cwd, file, force)),
      putConfig(cwd, force),
      putIgnored(cwd),
      ...putScripts(cwd),
      ...(values.vscode ? [line(...nodeForVscode(cwd))] : []),
    ]
    const old = values.vscode ? null : await tooOldForVscode(terminal)
    const offer = old === null ? [] : [vscodeOffer(old)]
    terminal.write([...told, '', ...advice(blocks, terminal), ...offer, ''].join('\n'))
    return 0
  },
}

function nodeForVscode(cwd: string): [status: 'wrote' | 'exists', what: string] {
  const [isWritten, what] = nameNode(cwd)
  return [isWritten ? 'wrote' : 'exists', what]
}

function vscodeOffer(version: string): string {
  const what = `its extension takes Node ${version} from PATH, which is too old`
  return `VS Code:  ${what}. npx --no-install jarvis init --vscode names that of the project.`
}

/** Where the package lies, from the folder of the plans; undefined where it is not installed. */
function packageFrom(cwd: string): string | undefined {
  const installed = installedPackage(cwd)
  if (installed.kind !== 'own') return undefined
  return relative(join(cwd, 'plans'), installed.folder).replaceAll('\\', '/') || undefined
}

function put(root: string, { path, content }: StarterFile, force: boolean): string {
  const file = join(root, ...path.split('/'))
  try {
    makeFolder(dirname(file))
    writeFileSync(file, content, { flag: force ? 'w' : 'wx' })
    return line('wrote', path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(file)) {
      return line('exists', `${path}  It stays as it is; --force overwrites it.`)
    }
    throw new JarvisError('USAGE', `${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function putConfig(root: string, force: boolean): string {
  const present = configFilesIn(root)
  const [own, other] = [
    present.find((name) => name === CONFIG || name === MODULE_CONFIG),
    present.find((name) => name !== CONFIG && name !== MODULE_CONFIG),
  ]
  if (other === undefined) {
    const path = own ?? (isModulePackage(root) ? CONFIG : MODULE_CONFIG)
    return put(root, { path, content: CONFIG_TEXT }, force)
  }
  return [
    line('exists', `${other}  For the editor's test explorer add these two lines:`),
    "          import { jarvis } from 'jarvis'",
    '          plugins: [jarvis()],',
  ].join('\n')
}

/** Whether the closest package.json makes modules of files without an ending that says so. */
function isModulePackage(folder: string): boolean {
  try {
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as unknown
    return (found as { type?: unknown } | null)?.type === 'module'
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return isAbsent && dirname(folder) !== folder && isModulePackage(dirname(folder))
  }
}

/** Adds what is missing; nothing is taken away. */
function putIgnored(root: string): string {
  const path = join(root, '.gitignore')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const present = new Set(text.split(/\r?\n/).map((entry) => entry.trim().replaceAll('/', '')))
  const missing = IGNORED.filter((entry) => !present.has(entry.replaceAll('/', '')))
  if (missing.length === 0) return line('exists', '.gitignore  It has these lines already.')
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const start = text === '' || text.endsWith('\n') ? text : text + end
  writeFileSync(path, start + missing.map((entry) => entry + end).join(''))
  return line('wrote', `.gitignore  ${missing.join(' ')}`)
}

function advice(blocks: readonly StarterBlock[], { cwd, env }: Terminal): string[] {
  const standIns = blocks.filter(({ isStandIn }) => isStandIn).map(({ domain }) => domain)
  const manager = packageManager(cwd, env)
  return [
    ...(standIns.length > 0
      ? [`No engine that was chosen serves ${standIns.join(', ')}: the plan uses sim there.`]
      : []),
    ...installLines(cwd, manager),
    `Check:    ${manager.exec} jarvis doctor`,
    `Run:      ${manager.run} vitest run --config jarvis`,
  ]
}

/** From where this one lies: the package of that name in npm's registry is somebody else's. */
function installLines(cwd: string, { name, add }: PackageManager): string[] {
  const installed = installedPackage(cwd)
  const missing = [
    ...(installed.kind === 'own' ? [] : [JSON.stringify(packageFolder())]),
    ...(isInstalled('vitest', cwd) ? [] : ['vitest@5']),
    // Yarn is the one that does not fetch what a package names as its peer.
    ...(name !== 'yarn' || isInstalled('vite', cwd) ? [] : ['vite']),
  ]
  return [
    ...(installed.kind === 'stranger' ? [`Careful:  ${strangerSentence(installed)}`] : []),
    ...(missing.length === 0 ? [] : [`Install:  ${add} ${missing.join(' ')}`]),
  ]
}

function isInstalled(name: string, cwd: string): boolean {
  try {
    createRequire(join(cwd, 'package.json')).resolve(`${name}/package.json`)
    return true
  } catch {
    return false
  }
}
