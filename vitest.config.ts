/** What an editor's test explorer finds: the same configuration as `--config jarvis`. */
export { default } from 'jarvis'
