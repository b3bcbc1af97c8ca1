import { existsSync, lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** A target that ends so means the same, and tells our links from those that a person has made. */
const MARK = '/.'

/**
 * Makes what still has the old path of a folder find it at its new one: a link, from the first part of the old path
 * that is not there any more. Returns its path; null where something else stands there, or none can be made.
 */
export function linkFolder(was: string, now: string): string | null {
  let [link, target] = [was, now]
  while (!existsSync(dirname(link)) && basename(link) === basename(target)) {
    link = dirname(link)
    target = dirname(target)
  }
  try {
    removeOwnLink(link)
    symlinkSync(`${target}${MARK}`, link)
    return link
  } catch {
    return null
  }
}

/** Removes a link that {@link linkFolder} has made; anything else stays. Returns whether it did. */
export function removeOwnLink(path: string): boolean {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false
    if (!readlinkSync(path).endsWith(MARK)) return false
    rmSync(path)
    return true
  } catch {
    return false
  }
}
