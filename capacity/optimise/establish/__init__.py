"""The establishment question: the smallest or cheapest team that covers a requirement, with its proof."""
