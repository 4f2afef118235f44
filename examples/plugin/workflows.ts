import { sendEmail } from 'mailwarden/workflow';

/** Returns once the customer's email has left, or never will; a person may have to approve it first. */
export async function shipOrder(order: string, customer: string): Promise<string> {
  const { status } = await sendEmail({
    mailbox: 'shop@example.com',
    to: customer,
    subject: 'Your order has shipped',
    text: `Order ${order} should be there on Thursday.`,
    dedupeKey: `shipped-${order}`,
  });
  return status;
}
