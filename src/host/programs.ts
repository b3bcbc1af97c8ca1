import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { fromHome } from './home-folder.ts'

/** Where programs are looked for. */
interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
  /** @default process.platform */
  platform?: NodeJS.Platform
}

/**
 * The path of a program as a shell would find it: a name with a separator from `cwd`, a bare one on PATH.
 * Null when there is none.
 */
export function findProgram(program: string, place: Place): string | null {
  return candidates(program, place).find((path) => isExecutable(path)) ?? null
}

/** The path of a file that {@link findProgram} would find if it were executable. Null when there is none. */
export function findUnexecutable(program: string, place: Place): string | null {
  return candidates(program, place).find((path) => isFile(path)) ?? null
}

function candidates(program: string, { cwd, env, platform = process.platform }: Place): string[] {
  const endings = platform === 'win32' ? windowsEndings(env) : ['']
  const file = fromHome(program, env, platform)
  const isPath = isAbsolute(file) || /[\\/]/.test(file)
  const folders = isPath
    ? ['']
    : (variable(env, 'PATH') ?? '').split(platform === 'win32' ? ';' : ':')
  return folders.flatMap((folder) =>
    endings.map((ending) => resolve(cwd, join(folder, file + ending))),
  )
}

function windowsEndings(env: NodeJS.ProcessEnv): string[] {
  return ['', ...(variable(env, 'PATHEXT') ?? '.EXE;.CMD;.BAT;.COM').split(';')]
}

/** Windows spells the names of variables as it likes: `Path`. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  if (env[name] !== undefined) return env[name]
  return Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return isFile(path)
  } catch {
    return false
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
