// Tests speak British English, whatever the machine that runs them speaks.
import { en } from './en.ts'
import { use } from './words.ts'

use({ language: 'en', locale: 'en-GB' }, en)
