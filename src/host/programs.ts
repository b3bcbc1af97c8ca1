import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

/**
 * The path of a program as a shell would find it: a name with a separator from `cwd`, a bare one on PATH.
 * Null when there is none.
 */
export function findProgram(
  program: string,
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): string | null {
  const endings = process.platform === 'win32' ? windowsEndings(env) : ['']
  const isPath = isAbsolute(program) || /[\\/]/.test(program)
  const folders = isPath ? [''] : (variable(env, 'PATH') ?? '').split(delimiter)
  for (const folder of folders) {
    for (const ending of endings) {
      const candidate = resolve(cwd, join(folder, program + ending))
      if (isExecutable(candidate)) return candidate
    }
  }
  return null
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
    return statSync(path).isFile()
  } catch {
    return false
  }
}
