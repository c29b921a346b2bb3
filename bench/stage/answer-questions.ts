/**
 * What a program of the benchmark's does for whoever started it as a child: says that it is there, answers one question
 * after the other, and ends when it is disconnected. A question that fails ends it, too.
 */
export function answerQuestions(answer: (question: unknown) => Promise<object>, end = async () => {}): void {
  process.on("message", (question) => {
    answer(question).then(
      (answered) => process.send?.(answered),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => void end().then(() => process.exit(0)));
  process.send?.("ready");
}
