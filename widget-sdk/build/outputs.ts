import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { InlineConfig, Plugin } from 'vite'
import { emoji } from './emoji.ts'
import { minifier } from './minify.ts'
import { RENDERER } from './renderer.ts'
import { visitors } from './visitors.ts'

const root = join(import.meta.dirname, '..')
const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** Older browsers get no stand-ins for what these understand: the README says which ones the widget is for. */
const TARGET = 'es2022'
const CSS_TARGET = ['chrome123', 'safari17.5', 'firefox121']

/** What every build here has in common. */
function output(config: InlineConfig): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ...config,
    resolve: { alias: RENDERER },
    plugins: [...(config.plugins ?? []), minifier()],
    build: {
      target: TARGET,
      cssTarget: CSS_TARGET,
      cssMinify: 'lightningcss',
      minify: false,
      reportCompressedSize: false,
      ...config.build,
      rolldownOptions: {
        ...config.build?.rolldownOptions,
        // Without it the builder prints anew, at length, what the minifier made.
        output: { ...config.build?.rolldownOptions?.output, minify: false },
      },
    },
  }
}

/** The places of the files that the loader asks for, below dist/. */
export interface Names {
  panel: string
  rules: string
}

/**
 * A second name for what the loader loads, that stays the same: for the package, and for a loader which an older gateway
 * served and which asks for a file that is not there any more.
 */
const alias: Plugin = {
  name: 'aliases',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk' || !file.isEntry) continue
      this.emitFile({
        type: 'asset',
        fileName: `${file.name}.js`,
        source: `export * from './${file.fileName}'\n`,
      })
    }
  },
}

/** Changes whenever a language's texts do. The panel names all their files: one hash for all compresses, one each does not. */
const WORDS = readdirSync(join(root, 'src/words'))
  .filter(file => /^\w+\.ts$/.test(file))
  .sort()
  .reduce((hash, file) => hash.update(readFileSync(join(root, 'src/words', file))), createHash('sha256'))
  .digest('hex')
  .slice(0, 8)

/** `src/words/de.ts` → `words-de`; anything else by the name of its file. */
function chunkName({ facadeModuleId, name }: { facadeModuleId?: string | null; name: string }): string {
  const language = /\/words\/(\w+)\.ts$/.exec(facadeModuleId ?? '')?.[1]
  // A module that exists while building only has a `_` before its name.
  return language ? `words-${language}-${WORDS}.js` : `${name.replace(/^_/, '')}-[hash].js`
}

/**
 * dist/widget/: what the loader loads (the panel; what speaks first), and what that loads with `import()`, a file each. A
 * library's build, since that leaves `import()` alone. What is imported statically is one script, and hands on what others
 * share with it under more names than it has of itself.
 */
export function widget(name: 'panel' | 'rules', entry: string): InlineConfig {
  return output({
    plugins: [alias, emoji(), visitors()],
    build: {
      outDir: 'dist/widget',
      lib: { entry: { [name]: entry }, formats: ['es'] },
      rolldownOptions: {
        preserveEntrySignatures: 'allow-extension',
        output: {
          entryFileNames: '[name]-[hash].js',
          chunkFileNames: chunkName,
          codeSplitting: { groups: [{ name, tags: ['$initial'] }] },
        },
      },
    },
  })
}

/** A classic script of its own: nothing is shared, nothing is left outside. */
function script(
  entry: string,
  outDir: string,
  fileName: string,
  define: Record<string, string>,
): InlineConfig {
  return output({
    define,
    build: { outDir, lib: { entry, formats: ['iife'], name: 'chatdesk', fileName: () => fileName } },
  })
}

/** dist/widget.js: what a page includes. `names` are those that the others came to. */
export function loader({ panel, rules }: Names): InlineConfig {
  return script('src/index.ts', 'dist', 'widget.js', {
    PANEL: JSON.stringify(panel),
    RULES: JSON.stringify(rules),
    VERSION: JSON.stringify(version),
  })
}

/** dist/shim/: one script for each other product whose calls ours understands. */
export function shims(): InlineConfig[] {
  const folder = join(root, 'src/shims')
  return readdirSync(folder)
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map(file => script(`src/shims/${file}`, 'dist/shim', `${basename(file, '.ts')}.js`, {}))
}

/** dist/npm/: the package for sites with a bundler. */
export function npm(): InlineConfig {
  return output({
    define: { VERSION: JSON.stringify(version) },
    build: {
      outDir: 'dist/npm',
      lib: { entry: 'src/npm/index.ts', formats: ['es'], fileName: () => 'index.js' },
    },
  })
}
