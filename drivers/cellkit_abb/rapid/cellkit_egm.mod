MODULE CellkitEgm
  ! Lets a computer lead the arm, joint by joint, as long as this program runs.
  ! Needs the option Externally Guided Motion and, in the system parameters (Communication, Transmission
  ! Protocol), an entry of type UDPUC named cellkit with the address and port of the computer.

  ! Written by the computer. Both count from the next start of the program.
  PERS tooldata cellkit_tool := [TRUE,[[0,0,0],[1,0,0,0]],[0.001,[0,0,1],[1,0,0,0],0,0,0]];
  PERS loaddata cellkit_load := [0.001,[0,0,1],[1,0,0,0],0,0,0];

  LOCAL CONST egm_minmax near := [-0.001, 0.001];
  LOCAL VAR egmident guide;

  PROC main()
    EGMReset guide;
    EGMGetId guide;
    EGMSetupUC ROB_1, guide, "default", "cellkit" \Joint \CommTimeout:=1;
    WHILE TRUE DO
      GripLoad cellkit_load;
      EGMActJoint guide \Tool:=cellkit_tool
        \J1:=near \J2:=near \J3:=near \J4:=near \J5:=near \J6:=near
        \LpFilter:=100 \SampleRate:=4 \MaxPosDeviation:=1000 \MaxSpeedDeviation:=1000;
      EGMRunJoint guide, EGM_STOP_HOLD \J1 \J2 \J3 \J4 \J5 \J6
        \CondTime:=3600 \RampInTime:=0 \RampOutTime:=0 \PosCorrGain:=1;
    ENDWHILE
  ERROR
    IF ERRNO = ERR_UDPUC_COMM THEN
      ErrWrite "cellkit", "The computer sends no references any more.";
    ENDIF
    EGMReset guide;
    EXIT;
  ENDPROC
ENDMODULE
