import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of its own whose power can be cut. */
export interface Disk {
  /** Where it is mounted. */
  folder: string
  /** Nothing gets to it any more, as after a power cut. */
  powerOff(): void
  /** It is there again, with what had got to it. Whoever used it must be gone. */
  powerOn(): void
  remove(): void
}

const SIZE = '300M'
/** EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are one number; 2: nothing that is not on the disk gets there. */
const SHUTDOWN = `
import fcntl, os, struct, sys
folder = os.open(sys.argv[1], os.O_RDONLY)
fcntl.ioctl(folder, 0x8004587D, struct.pack('I', 2))`

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Makes a file system in a file below \`folder\`; null where this machine does not allow it. */
export function makeDisk(folder: string, kind: 'ext4' | 'xfs'): Disk | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const [image, mount] = [join(folder, `${kind}.img`), join(folder, kind)]
  mkdirSync(mount)
  const options = kind === 'ext4' ? ['-q', '-F'] : ['-q']
  const isMade =
    works('truncate', '-s', SIZE, image) &&
    works(`mkfs.${kind}`, ...options, image) &&
    works('python3', '-c', '') &&
    works('mount', '-o', 'loop', image, mount)
  if (!isMade) return null
  return {
    folder: mount,
    powerOff() {
      if (!works('python3', '-c', SHUTDOWN, mount)) throw new Error('the disk could not be cut off')
    },
    powerOn() {
      if (!works('umount', mount) || !works('mount', '-o', 'loop', image, mount)) {
        throw new Error('the disk could not be mounted again')
      }
    },
    remove: () => void works('umount', '--lazy', mount),
  }
}
