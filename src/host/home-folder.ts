import { homedir } from 'node:os'

/** The user's own folder. */
export function homeFolder(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  return (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) || homedir()
}

/** A path; a `~` that begins it means the user's own folder, as in a shell. */
export function fromHome(
  path: string,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  return /^~(?=$|[/\\])/.test(path) ? homeFolder(env, platform) + path.slice(1) : path
}
