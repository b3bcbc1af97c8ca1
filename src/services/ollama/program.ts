import { realpathSync } from 'node:fs'
import { win32 } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import { findProgram } from '../../host/programs.ts'
import type { OllamaHost } from './host.ts'

/** How a person gets Ollama on each system. */
const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install ollama',
  linux: 'curl -fsSL https://ollama.com/install.sh | sh',
  win32: 'winget install Ollama.Ollama',
}

/**
 * The program: the one that OLLAMA_BIN names, else the one on PATH, else where the installers for macOS and Windows
 * put it.
 *
 * @throws JarvisError MISSING, with the command that installs it
 */
export function findOllama(
  host: Pick<OllamaHost, 'platform'>,
  model: ModelUri,
  place: { cwd: string; env: NodeJS.ProcessEnv },
): string {
  const found = locateOllama(host, place)
  if (found !== null) return found
  const told = place.env['OLLAMA_BIN']
  if (told) {
    const message = `${model.text} cannot be served: OLLAMA_BIN names ${told}, which is no program.`
    throw new JarvisError('MISSING', message)
  }
  const command = INSTALL[host.platform] ?? 'see https://ollama.com/download'
  throw new JarvisError(
    'MISSING',
    `${model.text} needs Ollama, and the program ollama was not found on PATH. Install it: ${command}`,
  )
}

/** As {@link findOllama}; null where it is not there. */
export function locateOllama(
  { platform }: Pick<OllamaHost, 'platform'>,
  place: { cwd: string; env: NodeJS.ProcessEnv },
): string | null {
  const told = place.env['OLLAMA_BIN']
  if (told) return findProgram(told, place)
  const local = place.env['LOCALAPPDATA']
  const usual = [
    'ollama',
    ...(platform === 'darwin' ? ['/Applications/Ollama.app/Contents/Resources/ollama'] : []),
    ...(platform === 'win32' && local
      ? [win32.join(local, 'Programs', 'Ollama', 'ollama.exe')]
      : []),
  ]
  return usual.map((name) => findProgram(name, place)).find((path) => path !== null) ?? null
}

/**
 * The version of a program by what it said to `--version`: what it says about itself stands after what it says about a
 * server, that there is none or that another version answers. Where it said nothing, Homebrew and Nix have it in the path.
 */
export function programVersion(program: string, said: string): string | null {
  const told = /client version is (\S+)/.exec(said) ?? /ollama version is (\S+)/.exec(said)
  const inPath = /[/-]ollama[/-](\d+\.\d+[\w.+-]*)\//.exec(realPath(program))
  return told?.[1] ?? inPath?.[1] ?? null
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
