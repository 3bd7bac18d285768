from engine.offline import switch_off

switch_off()
