// The simulated host knows what this does.
process.stdout.write(`migrated to ${process.env.SCHEMA}\n`);
