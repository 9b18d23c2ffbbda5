/** A whole Worker around one contestant: says who is asking. */
export function answerWith(contestant) {
  let made;
  return {
    async fetch(request, env, ctx) {
      made ??= contestant.create(env, ctx);
      try {
        const { userId } = await made.authenticate(request);
        return Response.json({ user: userId });
      } catch (error) {
        return new Response(error.message, { status: 401 });
      }
    },
  };
}
