import { expect, test } from '@playwright/test'
import { Gateway } from './support/gateway.ts'
import { answer, logIn, startChat, visit } from './support/people.ts'

const SHOTS = '../../test-results/screenshots'

test('the first conversation, with a kill -9 between two messages', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const console_ = await logIn(browser, gateway.url, 'agent@demo.test', 'chatdesk-demo')
    await expect(console_.getByRole('button', { name: /Connected/ })).toBeVisible()

    // 1 the page loads, 2 the bubble is there, 3 a click, 4 the form.
    const page = await visit(browser, gateway.url)
    const bubble = page.getByRole('button', { name: 'Open chat' })
    await expect(bubble).toBeVisible()
    await page.screenshot({ path: `${SHOTS}/1-bubble.png` })
    await bubble.click()
    await expect(page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
    // An empty form is refused where it is empty.
    await page.getByRole('button', { name: 'Start chat' }).click()
    await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveAttribute('aria-invalid', 'true')
    await page.screenshot({ path: `${SHOTS}/2-form.png` })
    await bubbleClosed(page)

    // 5 submit, 6 the window, 7 a message.
    const visitor = await startChat(page, 'Edda')
    await visitor.say('Hello! Is the morning mug safe in a dishwasher?')
    await expect(visitor.log.getByRole('img', { name: 'Sent' })).toBeVisible()

    // 8 it appears in the console, 9 the agent replies, 10 the visitor sees it live.
    const agent = await answer(console_, 'Edda')
    await expect(agent.log).toContainText('Is the morning mug safe')
    await agent.say('It is. All our glazes are.')
    await expect(visitor.log).toContainText('All our glazes are.')
    await expect(visitor.log.getByRole('img', { name: 'Read' }).first()).toBeVisible()
    await page.screenshot({ path: `${SHOTS}/3-visitor.png` })
    await console_.screenshot({ path: `${SHOTS}/4-agent.png` })

    // Typing is seen on the other side.
    await page.getByRole('dialog').getByRole('textbox', { name: 'Message' }).pressSequentially('And the b')
    await expect(agent.log.getByRole('img', { name: /typing/ })).toBeVisible()

    // The gateway dies. What is written meanwhile waits, and says so.
    await gateway.kill()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Message' }).fill('')
    await visitor.say('And the supper bowl?')
    await agent.say('One moment, I will ask in the studio.')
    await expect(visitor.log.getByRole('img', { name: 'Sending' })).toBeVisible()
    await page.screenshot({ path: `${SHOTS}/5-visitor-reconnecting.png` })
    await console_.screenshot({ path: `${SHOTS}/6-agent-reconnecting.png` })
    await gateway.run()

    const sent = [
      'Hello! Is the morning mug safe in a dishwasher?',
      'It is. All our glazes are.',
      'And the supper bowl?',
      'One moment, I will ask in the studio.',
    ]
    for (const side of [visitor, agent]) {
      await expect.poll(async () => (await side.texts()).toSorted()).toEqual(sent.toSorted())
    }
    await expect(visitor.log.getByRole('img', { name: 'Sending' })).toHaveCount(0)
    await expect(agent.log.getByRole('img', { name: 'Sending' })).toHaveCount(0)
    await visitor.say('Thank you!')
    await expect(agent.log).toContainText('Thank you!')

    // Both screens and the database say the same, in the same order, each once.
    await expect.poll(async () => (await gateway.entries()).length).toBe(5)
    const stored = await gateway.entries()
    expect(stored.map(entry => entry.seq)).toEqual([1, 2, 3, 4, 5])
    const texts = stored.map(entry => entry.text)
    expect(texts.toSorted()).toEqual([...sent, 'Thank you!'].toSorted())
    await expect.poll(visitor.texts).toEqual(texts)
    await expect.poll(agent.texts).toEqual(texts)
    await page.screenshot({ path: `${SHOTS}/7-visitor-after.png` })
    await console_.screenshot({ path: `${SHOTS}/8-agent-after.png` })
  } finally {
    await gateway.stop()
  }
})

async function bubbleClosed(page: import('@playwright/test').Page): Promise<void> {
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Chat' })).toBeHidden()
}

test('a message written without a connection survives a reload and is stored once', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const page = await visit(browser, gateway.url)
    const visitor = await startChat(page, 'Nils')
    await visitor.say('First, while all is well.')
    await expect(visitor.log.getByRole('img', { name: 'Sent' })).toBeVisible()
    await gateway.kill()
    await visitor.say('Second, into the void.')
    await expect(visitor.log.getByRole('img', { name: 'Sending' })).toBeVisible()
    await gateway.run()
    await page.reload()
    await expect(page.getByRole('dialog', { name: 'Chat' })).toBeVisible()
    await expect.poll(visitor.texts).toEqual(['First, while all is well.', 'Second, into the void.'])
    await expect(visitor.log.getByRole('img', { name: 'Sending' })).toHaveCount(0)
    await expect
      .poll(() => gateway.entries())
      .toEqual([
        { seq: 1, sender: 'visitor', text: 'First, while all is well.' },
        { seq: 2, sender: 'visitor', text: 'Second, into the void.' },
      ])
  } finally {
    await gateway.stop()
  }
})
