import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

test('a conversation under the strictest policy: nothing is forbidden, nothing is thrown', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const response = await page.goto(site.page(shop, 'plain'))
  expect(response?.headers()['content-security-policy']).toContain("require-trusted-types-for 'script'")
  const agent = await shop.agent()
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Is the moss-green glaze food-safe?')
  const talk = await agent.hears('Is the moss-green glaze food-safe?')
  await talk.say('It is, and it goes into the dishwasher: https://kiln.example/care')
  await expect(guest.log.getByRole('link')).toHaveAttribute('href', 'https://kiln.example/care')
  await talk.resolve()
  expect(problems).toEqual([])
})
