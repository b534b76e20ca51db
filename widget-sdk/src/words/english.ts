// English, loaded with whatever imports this: for the console, and for tests.
import { en } from './en.ts'
import { choose } from './speak.ts'
import { use } from './words.ts'

use(choose(['en', ...navigator.languages]), en)
