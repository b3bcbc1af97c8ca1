import { installedPackage, strangerSentence } from '../../host/installed-package.ts'
import { packageManager } from '../../host/package-manager.ts'
import { packageFolder } from '../../host/package-version.ts'
import type { Finding } from './finding.ts'

/** What of npm's registry has the name of this package, where a project has that in its place. */
export function checkPackage(cwd: string, env: NodeJS.ProcessEnv): Finding[] {
  const installed = installedPackage(cwd)
  if (installed.kind !== 'stranger') return []
  const fix = `${packageManager(cwd, env).add} ${JSON.stringify(packageFolder())}`
  const about = {
    subject: 'package',
    name: 'jarvis',
    message: strangerSentence(installed),
  } as const
  return [{ status: 'missing', ...about, fix }]
}
