import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** How a package manager is told what a user may want of it. */
export interface PackageManager {
  name: 'npm' | 'pnpm' | 'yarn' | 'bun'
  /** The command that adds packages for development, without them. */
  add: string
  /** What stands before a program of the project, and never fetches one. */
  exec: string
  /** What stands before a program that only this project can have. */
  run: string
}

const MANAGERS: readonly (PackageManager & { locks: readonly string[] })[] = [
  {
    name: 'npm',
    add: 'npm install --save-dev',
    exec: 'npx --no-install',
    run: 'npx',
    locks: ['package-lock.json', 'npm-shrinkwrap.json'],
  },
  {
    name: 'pnpm',
    add: 'pnpm add --save-dev',
    exec: 'pnpm exec',
    run: 'pnpm exec',
    locks: ['pnpm-lock.yaml'],
  },
  { name: 'yarn', add: 'yarn add --dev', exec: 'yarn', run: 'yarn', locks: ['yarn.lock'] },
  {
    name: 'bun',
    add: 'bun add --dev',
    exec: 'bun run',
    run: 'bun run',
    locks: ['bun.lock', 'bun.lockb'],
  },
]

/** The package manager that has started this process, else the one whose lock file is nearest, else npm. */
export function packageManager(folder: string, env: NodeJS.ProcessEnv): PackageManager {
  const agent = /^(\w+)\//.exec(env['npm_config_user_agent'] ?? '')?.[1]
  const started = MANAGERS.find(({ name }) => name === agent)
  return started ?? byLock(folder) ?? MANAGERS[0]!
}

function byLock(folder: string): PackageManager | undefined {
  const found = MANAGERS.find(({ locks }) => locks.some((name) => existsSync(join(folder, name))))
  const parent = dirname(folder)
  return found ?? (parent === folder ? undefined : byLock(parent))
}
