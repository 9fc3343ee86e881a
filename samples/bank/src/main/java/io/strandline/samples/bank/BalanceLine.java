package io.strandline.samples.bank;

import io.strandline.EventRecord;
import java.util.List;

/** The history of an account as a line of blocks: its balance from the first event to the last, relative to its highest. */
final class BalanceLine {

    private static final int WIDTH = 40;
    private static final String BLOCKS = "▁▂▃▄▅▆▇█";

    private BalanceLine() {}

    static String of(List<EventRecord<AccountEvent>> events) {
        long[] balances = new long[events.size()];
        long balance = 0;
        long highest = 1;
        for (int i = 0; i < balances.length; i++) {
            balance += events.get(i).event().change();
            balances[i] = balance;
            highest = Math.max(highest, balance);
        }
        StringBuilder line = new StringBuilder();
        int width = Math.min(WIDTH, balances.length);
        for (int column = 0; column < width; column++) {
            long at = balances[(int) ((column + 1L) * balances.length / width - 1)];
            line.append(BLOCKS.charAt((int) (at * (BLOCKS.length() - 1) / highest)));
        }
        return line.toString();
    }
}
